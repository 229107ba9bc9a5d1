import assert from "node:assert/strict";
import { formatMoney, parseMoney, percentOf, sum } from "../src/index.js";

describe("money", () => {
  it("rounds a percentage half up", () => {
    assert.equal(percentOf(1250, 19), 238);
    assert.equal(percentOf(1249, 19), 237);
  });

  it("refuses fractions of a cent", () => {
    assert.throws(() => percentOf(12.5, 19), /whole number of cents/);
    assert.throws(() => sum([1, 2.5]), /whole number of cents/);
  });

  it("adds up nothing to zero", () => assert.equal(sum([]), 0));

  it("reads what it writes", () => {
    for (const cents of [0, 5, 99, 100, 123456, -490]) assert.equal(parseMoney(formatMoney(cents)), cents);
  });
});
