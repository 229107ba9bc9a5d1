// Each scenario gets a shop of its own; the clock stands still so that cards expire when the text says so.

import { setWorldConstructor } from "@cucumber/cucumber";
import { createCatalog, sampleProducts } from "@shop/catalog";
import { createPayments } from "@shop/payments";
import { createShop } from "@shop/checkout";
import { createApp } from "@shop/web";

export const goodCard = { number: "4111 1111 1111 1111", expiry: "12/30" };
export const declinedCard = { number: "4000 0000 0000 0002", expiry: "12/30" };

export const clock = () => new Date("2026-03-01T00:00:00Z");

const provider = {
  charge: async ({ number }) => (number === declinedCard.number ? { approved: false, reason: "declined" } : { approved: true }),
};

class ShopWorld {
  constructor() {
    this.catalog = createCatalog(sampleProducts);
    this.shop = createShop({ catalog: this.catalog, provider, clock });
    this.payments = createPayments(provider, clock);
    this.app = createApp({ catalog: this.catalog, shop: this.shop });
  }
}

setWorldConstructor(ShopWorld);
