import assert from "node:assert/strict";
import { Given, Then, When } from "@cucumber/cucumber";
import { formatMoney } from "@shop/money";
import { declinedCard, goodCard } from "../support/world.js";

Given("another customer orders {int} of {string}", async function (quantity, sku) {
  const cart = this.shop.newCart();
  cart.add(sku, quantity);
  const { status } = await this.shop.order(cart, { country: "DE", card: goodCard });
  assert.equal(status, "confirmed");
});

When("the order is placed for {country}", async function (country) {
  this.order = await this.shop.order(this.cart, { country, card: goodCard });
});

When("the order is placed for {country} with voucher {voucher}", async function (country, voucher) {
  this.order = await this.shop.order(this.cart, { country, voucher, card: goodCard });
});

When("the order is placed for {country} with a card that is declined", async function (country) {
  this.order = await this.shop.order(this.cart, { country, card: declinedCard });
});

Then("the order is confirmed over {money}", function (amount) {
  assert.equal(this.order.status, "confirmed");
  assert.equal(formatMoney(this.order.total), formatMoney(amount), "the total is wrong");
});

Then("the order is refused because of {string}", function (reason) {
  assert.deepEqual(this.order, { status: "refused", reason });
});

Then("the receipt reads:", function (text) {
  assert.equal(this.order.receipt, text);
});
