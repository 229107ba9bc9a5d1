export const quantityMax = 20;
export const linesMax = 50;
