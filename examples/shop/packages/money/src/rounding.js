// Amounts are whole cents. A percentage of an amount is rounded half up, once.
export function percentOf(cents, percent) {
  mustBeCents(cents);
  return Math.round((cents * percent) / 100);
}

export function sum(amounts) {
  return amounts.reduce((total, cents) => total + mustBeCents(cents), 0);
}

function mustBeCents(cents) {
  if (!Number.isSafeInteger(cents)) throw new TypeError(`not a whole number of cents: ${cents}`);
  return cents;
}
