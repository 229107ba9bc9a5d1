export { CartError, createCart } from "./cart.js";
