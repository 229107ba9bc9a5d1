@requirement:REQ-WEB-1
Feature: The shop over HTTP

  @contract:CatalogAPI:v1
  Scenario: Looking around
    When a browser opens "/products?q=shirt"
    Then it is answered with 200
    And the page shows "Organic t-shirt, 20.00 EUR, in stock"

  @contract:PricingAPI:v1 @requirement:REQ-PRICE-2
  Scenario: A price with a voucher
    Given a cart over HTTP with 2 of "MUG-01"
    When a browser opens "/price?cart=1&country=DE&voucher=WELCOME10"
    Then it is answered with 200
    And the answer's "total" is 3168

  @contract:PricingAPI:v1 @requirement:REQ-PRICE-2
  Scenario: A voucher that does not exist
    Given a cart over HTTP with 2 of "MUG-01"
    When a browser opens "/price?cart=1&country=DE&voucher=NOPE"
    Then it is answered with 422
    And the answer's "error" is "there is no voucher NOPE"

  @contract:CheckoutAPI:v1
  Scenario: Ordering
    Given a cart over HTTP with 1 of "BOOK-03"
    When it is ordered over HTTP for FR
    Then it is answered with 200
    And the page shows "Order S-00001: 36.55 EUR"

  @contract:CheckoutAPI:v1 @requirement:REQ-PRICE-2
  Scenario: Ordering with a voucher
    Given a cart over HTTP with 1 of "BOOK-03"
    When it is ordered over HTTP for FR with voucher BOOKWORM
    Then it is answered with 200
    And the page shows "Order S-00001: 20.73 EUR"

  Scenario: A path that does not exist
    When a browser opens "/admin"
    Then it is answered with 404
