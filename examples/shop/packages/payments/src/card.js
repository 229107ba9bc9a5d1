// The check digit every card number ends in (Luhn): doubling every second digit from the right, the sum
// of all digits is a multiple of ten.
export function validNumber(number) {
  const digits = number.replace(/ /g, "");
  if (!/^\d{12,19}$/.test(digits)) return false;
  let total = 0;
  [...digits].reverse().forEach((digit, i) => {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1);
    total += value > 9 ? value - 9 : value;
  });
  return total % 10 === 0;
}

// `expiry` is MM/YY; a card is good to the end of its month.
export function expired(expiry, now) {
  const [month, year] = expiry.split("/").map(Number);
  return now >= new Date(Date.UTC(2000 + year, month, 1));
}

export function lastFour(number) {
  return number.replace(/ /g, "").slice(-4);
}
