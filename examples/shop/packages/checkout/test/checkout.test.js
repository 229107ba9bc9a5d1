import assert from "node:assert/strict";
import { createCatalog, sampleProducts } from "@shop/catalog";
import { mustConform } from "../../../tools/contracts.mjs";
import { createShop } from "../src/index.js";

const card = { number: "4111 1111 1111 1111", expiry: "12/30" };
const clock = () => new Date("2026-03-01T00:00:00Z");

function shopWith(provider) {
  const catalog = createCatalog(sampleProducts);
  const shop = createShop({ catalog, provider, clock });
  const cart = shop.newCart();
  return { catalog, shop, cart };
}

describe("checkout", () => {
  const approving = { charge: async () => ({ approved: true }) };
  const declining = { charge: async () => ({ approved: false, reason: "declined" }) };

  it("numbers orders from one", async () => {
    const { shop, cart } = shopWith(approving);
    cart.add("MUG-01");
    assert.equal((await shop.order(cart, { country: "DE", card })).number, "S-00001");
  });

  it("empties the cart and the shelf once paid", async () => {
    const { catalog, shop, cart } = shopWith(approving);
    cart.add("LAMP-04", 3);
    await shop.order(cart, { country: "DE", card });
    assert.deepEqual([cart.items().length, catalog.find("LAMP-04").stock], [0, 0]);
  });

  it("leaves both alone when not paid", async () => {
    const { catalog, shop, cart } = shopWith(declining);
    cart.add("LAMP-04", 3);
    assert.equal((await shop.order(cart, { country: "DE", card })).reason, "declined");
    assert.deepEqual([cart.items().length, catalog.find("LAMP-04").stock], [1, 3]);
  });

  it("refuses what was sold meanwhile", async () => {
    const { catalog, shop, cart } = shopWith(approving);
    cart.add("LAMP-04", 2);
    catalog.take("LAMP-04", 2);
    assert.equal((await shop.order(cart, { country: "DE", card })).reason, "out-of-stock");
  });

  it("answers as CheckoutAPI v1 says", async () => {
    const { shop, cart } = shopWith(approving);
    mustConform("checkout-api.v1.json", "OrderAnswer", await shop.order(cart, { country: "DE", card }));
    cart.add("BOOK-03");
    mustConform("checkout-api.v1.json", "OrderAnswer", await shop.order(cart, { country: "DE", card }));
  });
});
