import assert from "node:assert/strict";
import { Then, When } from "@cucumber/cucumber";
import { formatMoney } from "@shop/money";

function price(world, country, voucher) {
  try {
    world.quote = world.shop.price(world.cart, { country, voucher });
  } catch (error) {
    world.refusal = error;
  }
}

function mustCost(world, part, amount) {
  assert.equal(formatMoney(world.quote[part]), formatMoney(amount), `the ${part} is wrong`);
}

When("it is priced for {country}", function (country) {
  price(this, country);
});

When("it is priced for {country} with voucher {voucher}", function (country, voucher) {
  price(this, country, voucher);
});

Then("the tax is {money}", function (amount) {
  mustCost(this, "tax", amount);
});

Then("the discount is {money}", function (amount) {
  mustCost(this, "discount", amount);
});

Then("shipping costs {money}", function (amount) {
  mustCost(this, "shipping", amount);
});

Then("the total is {money}", function (amount) {
  mustCost(this, "total", amount);
});

Then("pricing is refused with {string}", function (message) {
  assert.equal(this.refusal?.message, message);
});
