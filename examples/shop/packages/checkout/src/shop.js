import { CartError, createCart } from "@shop/cart";
import { createPayments } from "@shop/payments";
import { VoucherError, quote } from "@shop/pricing";
import { createOrders } from "./orders.js";
import { receipt } from "./receipt.js";

// The shop as its customers use it: carts are made, priced and turned into orders.
export function createShop({ catalog, provider, clock }) {
  const payments = createPayments(provider, clock);
  const orders = createOrders();

  const priced = (cart, { country, voucher }) => quote(catalog, { items: cart.items(), country, voucher });

  async function order(cart, { country, voucher, card }) {
    const items = cart.items();
    if (items.length === 0) return { status: "refused", reason: "empty-cart" };
    const missing = items.find(({ sku, quantity }) => !catalog.available(sku, quantity));
    if (missing) return { status: "refused", reason: "out-of-stock" };
    const price = priced(cart, { country, voucher });
    const payment = await payments.pay({ card, amount: price.total });
    if (payment.status !== "paid") return payment;
    for (const { sku, quantity } of items) catalog.take(sku, quantity);
    cart.clear();
    const number = orders.add({ items, price, payment: payment.id });
    return { status: "confirmed", number, total: price.total, receipt: receipt({ number, items, price, payment }) };
  }

  return { newCart: () => createCart(catalog), price: priced, order, orders: orders.all };
}

// Whether an error is one to show to the customer.
export function isCustomerError(error) {
  return error instanceof CartError || error instanceof VoucherError;
}
