export { createCatalog, requireProduct } from "./catalog.js";
export { listing } from "./listing.js";
export { sampleProducts } from "./products.js";
