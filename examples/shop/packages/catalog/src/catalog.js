import { matches } from "./search.js";

// A catalog holds its own copy of the products, since their stock changes.
export function createCatalog(products) {
  const bySku = new Map(products.map((product) => [product.sku, { ...product }]));
  return {
    find: (sku) => bySku.get(sku),
    search: (text) => [...bySku.values()].filter((product) => matches(product, text)),
    available: (sku, quantity) => (bySku.get(sku)?.stock ?? 0) >= quantity,
    take(sku, quantity) {
      const product = bySku.get(sku);
      if (!product || product.stock < quantity) throw new Error(`${sku}: ${quantity} wanted, ${product?.stock ?? 0} left`);
      product.stock -= quantity;
    },
  };
}

export function requireProduct(catalog, sku) {
  const product = catalog.find(sku);
  if (!product) throw new Error(`no product ${sku}`);
  return product;
}
