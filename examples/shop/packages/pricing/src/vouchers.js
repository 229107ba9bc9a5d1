import { formatMoney, percentOf, sum } from "@shop/money";

const vouchers = {
  WELCOME10: { percent: 10 },
  SPRING25: { percent: 25, from: 5000 },
  BOOKWORM: { percent: 50, category: "book" },
  HOME20: { percent: 20, category: "homeware" },
};

export class VoucherError extends Error {}

// What a voucher takes off each line, in the order of the lines.
export function discounts(lines, code) {
  if (!code) return lines.map(() => 0);
  const voucher = vouchers[code];
  if (!voucher) throw new VoucherError(`there is no voucher ${code}`);
  if (sum(lines.map(({ net }) => net)) < (voucher.from ?? 0))
    throw new VoucherError(`${code} needs a cart of ${formatMoney(voucher.from)} or more`);
  return lines.map(({ net, category }) =>
    voucher.category && voucher.category !== category ? 0 : percentOf(net, voucher.percent),
  );
}
