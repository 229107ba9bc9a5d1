import { defineParameterType } from "@cucumber/cucumber";
import { parseMoney } from "@shop/money";

defineParameterType({ name: "money", regexp: /\d+\.\d\d EUR/, transformer: parseMoney });
defineParameterType({ name: "country", regexp: /[A-Z]{2}/, transformer: String });
defineParameterType({ name: "voucher", regexp: /[A-Z]+\d*/, transformer: String });
