export function createOrders() {
  const orders = [];
  return {
    add(order) {
      const number = `S-${String(orders.length + 1).padStart(5, "0")}`;
      orders.push({ number, ...order });
      return number;
    },
    all: () => [...orders],
  };
}
