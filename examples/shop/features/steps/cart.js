import assert from "node:assert/strict";
import { Given, Then, When } from "@cucumber/cucumber";

// Runs `action` and keeps what it throws, for the steps that say what was refused.
function attempt(world, action) {
  try {
    action();
  } catch (error) {
    world.refusal = error;
  }
}

Given("an empty cart", function () {
  this.cart = this.shop.newCart();
});

When(/^(\d+) of "(.*)" (?:is|are) added$/, function (quantity, sku) {
  attempt(this, () => this.cart.add(sku, Number(quantity)));
});

When("the quantity of {string} is changed to {int}", function (sku, quantity) {
  attempt(this, () => this.cart.set(sku, quantity));
});

Then("the cart holds:", function (table) {
  const wanted = table.hashes().map(({ sku, quantity }) => ({ sku, quantity: Number(quantity) }));
  assert.deepEqual(this.cart.items(), wanted);
});

Then("the cart is empty", function () {
  assert.deepEqual(this.cart.items(), []);
});

Then("its subtotal is {money}", function (amount) {
  assert.equal(this.cart.subtotal(), amount);
});

Then("that is refused because of {string}", function (code) {
  assert.equal(this.refusal?.code, code);
});
