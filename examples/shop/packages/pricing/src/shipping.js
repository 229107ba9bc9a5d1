const price = 490;
const freeFrom = 6000;

export function shippingFor(goods) {
  return goods === 0 || goods >= freeFrom ? 0 : price;
}
