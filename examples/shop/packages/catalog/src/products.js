export const sampleProducts = [
  { sku: "MUG-01", name: "Enamel mug", category: "homeware", net: 1250, stock: 40 },
  { sku: "TEE-02", name: "Organic t-shirt", category: "clothing", net: 2000, stock: 25 },
  { sku: "BOOK-03", name: "Field guide to birds", category: "book", net: 3000, stock: 10 },
  { sku: "LAMP-04", name: "Desk lamp", category: "homeware", net: 4990, stock: 3 },
  { sku: "BAG-05", name: "Canvas bag", category: "clothing", net: 1500, stock: 0 },
];
