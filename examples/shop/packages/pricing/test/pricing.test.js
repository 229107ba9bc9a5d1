import assert from "node:assert/strict";
import { createCatalog, sampleProducts } from "@shop/catalog";
import { mustConform } from "../../../tools/contracts.mjs";
import { VoucherError, quote } from "../src/index.js";
import { shippingFor } from "../src/shipping.js";
import { taxOn } from "../src/tax.js";
import { discounts } from "../src/vouchers.js";

const catalog = createCatalog(sampleProducts);

describe("tax", () => {
  it("takes the rate of the country", () => assert.equal(taxOn(10000, "homeware", "NL"), 2100));
  it("takes the reduced rate for books", () => assert.equal(taxOn(10000, "book", "FR"), 550));
  it("says where the shop does not ship to", () => assert.throws(() => taxOn(100, "book", "XX"), /ship to XX/));
});

describe("vouchers", () => {
  const lines = [{ net: 4000, category: "book" }, { net: 2000, category: "clothing" }];

  it("take a percentage off each line", () => assert.deepEqual(discounts(lines, "WELCOME10"), [400, 200]));
  it("may hold for one category", () => assert.deepEqual(discounts(lines, "BOOKWORM"), [2000, 0]));
  it("may need a minimum", () => assert.throws(() => discounts([{ net: 4999 }], "SPRING25"), VoucherError));
  it("must exist", () => assert.throws(() => discounts(lines, "NOPE"), /no voucher NOPE/));
});

describe("shipping", () => {
  it("is free from 60 EUR", () => assert.deepEqual([5999, 6000].map(shippingFor), [490, 0]));
  it("costs nothing for nothing", () => assert.equal(shippingFor(0), 0));
});

describe("quote", () => {
  const items = [{ sku: "MUG-01", quantity: 2 }];

  it("adds tax and shipping to the goods", () => {
    const { net, tax, shipping, total } = quote(catalog, { items, country: "DE" });
    assert.deepEqual({ net, tax, shipping, total }, { net: 2500, tax: 475, shipping: 490, total: 3465 });
  });

  it("shows what a voucher took off", () => {
    assert.equal(quote(catalog, { items, country: "DE", voucher: "HOME20" }).discount, 500);
  });

  it("is what PricingAPI v1 says", () => {
    mustConform("pricing-api.v1.json", "Quote", quote(catalog, { items, country: "IE", voucher: "WELCOME10" }));
  });
});
