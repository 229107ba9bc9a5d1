export { createShop, isCustomerError } from "./shop.js";
