import assert from "node:assert/strict";
import { createCatalog, sampleProducts } from "@shop/catalog";
import { createShop } from "@shop/checkout";
import { createApp, serve } from "../src/index.js";
import { productsPage } from "../src/pages.js";

function app() {
  const catalog = createCatalog(sampleProducts);
  const provider = { charge: async () => ({ approved: true }) };
  return createApp({ catalog, shop: createShop({ catalog, provider }) });
}

describe("web", () => {
  it("does not let a name become markup", () => {
    assert.ok(!productsPage([{ name: "<script>", price: "", availability: "" }]).includes("<script>"));
  });

  it("knows no other paths", async () => {
    assert.equal((await app()({ method: "GET", path: "/admin" })).status, 404);
  });

  it("shows a customer's mistake as one", async () => {
    const handle = app();
    await handle({ method: "POST", path: "/carts" });
    const answer = await handle({ method: "POST", path: "/lines", query: { cart: "1" }, body: { sku: "BAG-05" } });
    assert.equal(answer.status, 422);
  });

  it("answers over a socket, bad JSON included", async () => {
    const server = await serve(app(), 0);
    const url = `http://127.0.0.1:${server.address().port}`;
    const pages = await Promise.all([
      fetch(`${url}/products?q=mug`),
      fetch(`${url}/carts`, { method: "POST", body: "{" }),
    ]);
    await Promise.all(pages.map((page) => page.text()));
    server.close();
    server.closeAllConnections();
    assert.deepEqual(pages.map(({ status }) => status), [200, 400]);
  });
});
