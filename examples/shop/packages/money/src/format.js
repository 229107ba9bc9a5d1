export function formatMoney(cents) {
  const sign = cents < 0 ? "-" : "";
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)} EUR`;
}

export function parseMoney(text) {
  const match = /^(-?)(\d+)\.(\d\d)(?: EUR)?$/.exec(text);
  if (!match) throw new TypeError(`not an amount: "${text}"`);
  const [, sign, euros, cents] = match;
  return (sign ? -1 : 1) * (Number(euros) * 100 + Number(cents));
}
