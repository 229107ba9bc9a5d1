// `code` is for programs and part of CartAPI; the message is for people.
export class CartError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}
