import { requireProduct } from "@shop/catalog";
import { sum } from "@shop/money";
import { shippingFor } from "./shipping.js";
import { taxOn } from "./tax.js";
import { discounts } from "./vouchers.js";

// What `items` ({sku, quantity}) cost when sent to `country`. All amounts are cents.
export function quote(catalog, { items, country, voucher }) {
  const lines = items.map(({ sku, quantity }) => {
    const product = requireProduct(catalog, sku);
    return { sku, quantity, category: product.category, net: product.net * quantity };
  });
  const off = discounts(lines, voucher);
  const tax = sum(lines.map(({ net, category }, i) => taxOn(net - off[i], category, country)));
  const net = sum(lines.map((line) => line.net));
  const discount = sum(off);
  const shipping = shippingFor(net - discount);
  return { currency: "EUR", country, net, discount, tax, shipping, total: net - discount + tax + shipping };
}
