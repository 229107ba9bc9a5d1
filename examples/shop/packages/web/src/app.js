import { listing } from "@shop/catalog";
import { isCustomerError } from "@shop/checkout";
import { orderPage, productsPage } from "./pages.js";
import { html, json, notFound } from "./answers.js";

// Answers requests of the form {method, path, query, body}; knows nothing about sockets.
export function createApp({ catalog, shop }) {
  const carts = new Map();

  const routes = {
    "GET /products": ({ query }) => html(productsPage(listing(catalog.search(query.q ?? "")))),
    "POST /carts": () => {
      const id = String(carts.size + 1);
      carts.set(id, shop.newCart());
      return json(201, { cart: id });
    },
    "POST /lines": ({ query, body }) => {
      const cart = carts.get(query.cart);
      if (!cart) return notFound(`cart ${query.cart}`);
      cart.add(body.sku, body.quantity);
      return json(200, { items: cart.items(), subtotal: cart.subtotal() });
    },
    "GET /price": ({ query }) => {
      const cart = carts.get(query.cart);
      return cart ? json(200, shop.price(cart, query)) : notFound(`cart ${query.cart}`);
    },
    "POST /orders": async ({ query, body }) => {
      const cart = carts.get(query.cart);
      if (!cart) return notFound(`cart ${query.cart}`);
      const answer = await shop.order(cart, body);
      return answer.status === "confirmed" ? html(orderPage(answer)) : json(402, answer);
    },
  };

  return async function handle({ method, path, query = {}, body = {} }) {
    const route = routes[`${method} ${path}`];
    if (!route) return notFound(path);
    try {
      return await route({ query, body });
    } catch (error) {
      if (isCustomerError(error)) return json(422, { error: error.message });
      throw error;
    }
  };
}
