import { formatMoney } from "@shop/money";

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export function productsPage(products) {
  const rows = products.map(
    ({ name, price, availability }) => `<li>${escape(name)}, ${escape(price)}, ${escape(availability)}</li>`,
  );
  return `<h1>Products</h1><ul>${rows.join("")}</ul>`;
}

export function orderPage({ number, total, receipt }) {
  return `<h1>Thank you</h1><p>Order ${escape(number)}: ${formatMoney(total)}</p><pre>${escape(receipt)}</pre>`;
}
