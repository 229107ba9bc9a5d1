import assert from "node:assert/strict";
import { mustConform } from "../../../tools/contracts.mjs";
import { expired, lastFour, validNumber } from "../src/card.js";
import { validIban } from "../src/iban.js";
import { createPayments } from "../src/index.js";

const card = { number: "4111 1111 1111 1111", expiry: "12/30" };
const approving = { charge: async () => ({ approved: true }) };
const clock = () => new Date("2026-03-01T00:00:00Z");

describe("card", () => {
  it("has a check digit", () => {
    assert.equal(validNumber("4111 1111 1111 1111"), true);
    assert.equal(validNumber("4111 1111 1111 1112"), false);
  });
  it("is good to the end of its month", () => {
    assert.equal(expired("03/26", new Date("2026-03-31T23:59:59Z")), false);
    assert.equal(expired("03/26", new Date("2026-04-01T00:00:00Z")), true);
  });
  it("is shown by its last four digits", () => assert.equal(lastFour(card.number), "1111"));
});

describe("iban", () => {
  it("has check digits", () => {
    assert.equal(validIban("GB82 WEST 1234 5698 7654 32"), true);
    assert.equal(validIban("GB82 WEST 1234 5698 7654 33"), false);
  });
});

describe("payments", () => {
  it("records what was paid", async () => {
    const payments = createPayments(approving, clock);
    await payments.pay({ card, amount: 1000 });
    assert.deepEqual(payments.entries().map(({ amount }) => amount), [1000]);
  });

  it("survives a provider that is away", async () => {
    const away = { charge: async () => { throw new Error("timeout"); } };
    assert.equal((await createPayments(away, clock).pay({ card, amount: 1 })).reason, "provider-unavailable");
  });

  it("refunds once", async () => {
    const payments = createPayments(approving, clock);
    const { id } = await payments.pay({ card, amount: 1000 });
    assert.equal(payments.refund(id).status, "refunded");
    assert.equal(payments.refund(id).reason, "already-refunded");
  });

  it("answers as PaymentsAPI v2 says", async () => {
    const payments = createPayments(approving, clock);
    mustConform("payments-api.v2.json", "Answer", await payments.pay({ card, amount: 1000 }));
    mustConform("payments-api.v2.json", "Answer", payments.refund("unknown"));
  });
});
