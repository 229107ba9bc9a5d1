import { percentOf } from "@shop/money";

const rates = {
  DE: { standard: 19, book: 7 },
  FR: { standard: 20, book: 5.5 },
  NL: { standard: 21, book: 9 },
  IE: { standard: 23, book: 0 },
};

export function taxOn(cents, category, country) {
  const rate = rates[country];
  if (!rate) throw new Error(`the shop does not ship to ${country}`);
  return percentOf(cents, rate[category] ?? rate.standard);
}
