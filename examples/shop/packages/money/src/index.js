export { formatMoney, parseMoney } from "./format.js";
export { percentOf, sum } from "./rounding.js";
