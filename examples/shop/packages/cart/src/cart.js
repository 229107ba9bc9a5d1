import { requireProduct } from "@shop/catalog";
import { sum } from "@shop/money";
import { CartError } from "./error.js";
import { linesMax, quantityMax } from "./limits.js";

export { CartError };

export function createCart(catalog) {
  const quantities = new Map();

  function set(sku, quantity) {
    const { name, stock } = requireProduct(catalog, sku);
    if (quantity > quantityMax) throw new CartError("too-many", `no more than ${quantityMax} of one product`);
    if (quantity > stock) throw new CartError("out-of-stock", `${name}: ${stock} left`);
    if (!quantities.has(sku) && quantities.size === linesMax) throw new CartError("full", "the cart is full");
    if (quantity > 0) quantities.set(sku, quantity);
    else quantities.delete(sku);
  }

  const items = () => [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
  return {
    set,
    add: (sku, quantity = 1) => set(sku, (quantities.get(sku) ?? 0) + quantity),
    items,
    subtotal: () => sum(items().map(({ sku, quantity }) => catalog.find(sku).net * quantity)),
    clear: () => quantities.clear(),
  };
}
