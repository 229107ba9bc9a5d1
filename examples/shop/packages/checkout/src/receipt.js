import { formatMoney } from "@shop/money";

export function receipt({ number, items, price, payment }) {
  return [
    `Order ${number}`,
    ...items.map(({ sku, quantity }) => `${quantity} x ${sku}`),
    `Goods ${formatMoney(price.net)}`,
    ...(price.discount ? [`Voucher ${formatMoney(-price.discount)}`] : []),
    `Tax ${formatMoney(price.tax)}`,
    `Shipping ${formatMoney(price.shipping)}`,
    `Paid ${payment.text}`,
  ].join("\n");
}
