import assert from "node:assert/strict";
import { Given, Then, When } from "@cucumber/cucumber";
import { goodCard } from "../support/world.js";

Given("a cart over HTTP with {int} of {string}", async function (quantity, sku) {
  const { cart } = JSON.parse((await this.app({ method: "POST", path: "/carts" })).body);
  await this.app({ method: "POST", path: "/lines", query: { cart }, body: { sku, quantity } });
});

When("a browser opens {string}", async function (address) {
  const { pathname, searchParams } = new URL(address, "http://shop.invalid");
  this.response = await this.app({ method: "GET", path: pathname, query: Object.fromEntries(searchParams) });
});

function order(world, country, voucher) {
  const body = { country, voucher, card: goodCard };
  return world.app({ method: "POST", path: "/orders", query: { cart: "1" }, body });
}

When("it is ordered over HTTP for {country}", async function (country) {
  this.response = await order(this, country);
});

When("it is ordered over HTTP for {country} with voucher {voucher}", async function (country, voucher) {
  this.response = await order(this, country, voucher);
});

Then("it is answered with {int}", function (status) {
  assert.equal(this.response.status, status);
});

Then("the page shows {string}", function (text) {
  assert.ok(this.response.body.includes(text), `not on the page: ${text}`);
});

Then("the answer's {string} is {int}", function (field, value) {
  assert.equal(JSON.parse(this.response.body)[field], value);
});

Then("the answer's {string} is {string}", function (field, value) {
  assert.equal(JSON.parse(this.response.body)[field], value);
});
