export { createPayments } from "./payments.js";
