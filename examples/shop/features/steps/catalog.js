import assert from "node:assert/strict";
import { Then, When } from "@cucumber/cucumber";
import { listing } from "@shop/catalog";

When("a customer searches for {string}", function (text) {
  this.shown = listing(this.catalog.search(text));
});

Then("the products shown are:", function (table) {
  assert.deepEqual(this.shown.map(({ name, price, availability }) => ({ name, price, availability })), table.hashes());
});

Then("no products are shown", function () {
  assert.deepEqual(this.shown, []);
});

Then("{int} of {string} are left", function (quantity, sku) {
  assert.equal(this.catalog.find(sku).stock, quantity);
});
