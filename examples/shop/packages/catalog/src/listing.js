import { formatMoney } from "@shop/money";

// Products as a customer sees them in a list.
export function listing(products) {
  return products.map(({ sku, name, net, stock }) => ({
    sku,
    name,
    price: formatMoney(net),
    availability: stock === 0 ? "sold out" : stock < 5 ? `only ${stock} left` : "in stock",
  }));
}
