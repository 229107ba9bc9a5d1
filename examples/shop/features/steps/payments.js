import assert from "node:assert/strict";
import { Given, Then, When } from "@cucumber/cucumber";
import { createPayments } from "@shop/payments";
import { sandbox } from "../support/sandbox.js";
import { clock } from "../support/world.js";

Given("payments go through the provider's sandbox", function () {
  this.payments = createPayments(sandbox, clock);
});

When("{money} are paid with card {string} good to {string}", async function (amount, number, expiry) {
  this.answer = await this.payments.pay({ card: { number, expiry }, amount });
  this.payment = this.answer.id;
});

When("the payment is refunded", function () {
  this.answer = this.payments.refund(this.payment);
});

Then("the payment is {string}", function (status) {
  assert.equal(this.answer.status, status, `the payment is ${this.answer.status}: ${this.answer.reason}`);
});

Then("the payment is {string} because of {string}", function (status, reason) {
  assert.deepEqual(this.answer, { status, reason });
});

Then("{money} are given back", function (amount) {
  assert.deepEqual([this.answer.status, this.answer.amount], ["refunded", amount]);
});
