import assert from "node:assert/strict";
import { createCatalog, sampleProducts } from "@shop/catalog";
import { mustConform } from "../../../tools/contracts.mjs";
import { createCart } from "../src/index.js";

describe("cart", () => {
  let cart;
  beforeEach(() => {
    cart = createCart(createCatalog(sampleProducts));
  });

  it("keeps one line per product", () => {
    cart.add("MUG-01");
    cart.add("MUG-01", 2);
    assert.deepEqual(cart.items(), [{ sku: "MUG-01", quantity: 3 }]);
  });

  it("drops a line at zero", () => {
    cart.add("MUG-01");
    cart.set("MUG-01", 0);
    assert.deepEqual(cart.items(), []);
  });

  it("adds up", () => {
    cart.add("MUG-01", 2);
    cart.add("BOOK-03");
    assert.equal(cart.subtotal(), 5500);
  });

  it("refuses more than there is", () => assert.throws(() => cart.add("LAMP-04", 4), { code: "out-of-stock" }));

  it("refuses more than 20 of one product", () => assert.throws(() => cart.add("MUG-01", 21), { code: "too-many" }));

  it("is what CartAPI v1 says", () => {
    cart.add("TEE-02", 2);
    mustConform("cart-api.v1.json", "Cart", { items: cart.items(), subtotal: cart.subtotal() });
  });
});
