import assert from "node:assert/strict";
import { mustConform } from "../../../tools/contracts.mjs";
import { createCatalog, listing, requireProduct, sampleProducts } from "../src/index.js";

describe("catalog", () => {
  const catalog = () => createCatalog(sampleProducts);

  it("finds a product by the beginning of a word", () => {
    assert.deepEqual(catalog().search("orga").map(({ sku }) => sku), ["TEE-02"]);
  });

  it("finds everything for no words", () => assert.equal(catalog().search("  ").length, sampleProducts.length));

  it("takes from stock until nothing is left", () => {
    const shelf = catalog();
    shelf.take("LAMP-04", 3);
    assert.equal(shelf.available("LAMP-04", 1), false);
    assert.throws(() => shelf.take("LAMP-04", 1), /0 left/);
  });

  it("leaves the products it was made of alone", () => {
    catalog().take("MUG-01", 1);
    assert.equal(sampleProducts[0].stock, 40);
  });

  it("says which product does not exist", () => assert.throws(() => requireProduct(catalog(), "HAT-09"), /HAT-09/));

  it("lists products as CatalogAPI v1 says", () => {
    mustConform("catalog-api.v1.json", "Listing", listing(catalog().search("")));
  });
});
