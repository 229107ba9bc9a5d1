export { quote } from "./quote.js";
export { VoucherError } from "./vouchers.js";
