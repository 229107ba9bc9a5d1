@contract:PricingAPI:v1
Feature: What a cart costs

  Background:
    Given an empty cart

  @requirement:REQ-PRICE-1
  Scenario Outline: Tax in <country>
    Given 1 of "LAMP-04" is added
    And 1 of "BOOK-03" is added
    When it is priced for <country>
    Then the tax is <tax>

    Examples:
      | country | tax       |
      | DE      | 11.58 EUR |
      | FR      | 11.63 EUR |
      | NL      | 13.18 EUR |
      | IE      | 11.48 EUR |

  @requirement:REQ-PRICE-1
  Scenario: A country the shop does not ship to
    Given 1 of "MUG-01" is added
    When it is priced for US
    Then pricing is refused with "the shop does not ship to US"

  @requirement:REQ-PRICE-3
  Scenario Outline: Shipping of <quantity> t-shirts
    Given <quantity> of "TEE-02" are added
    When it is priced for DE
    Then shipping costs <shipping>

    Examples:
      | quantity | shipping |
      | 2        | 4.90 EUR |
      | 3        | 0.00 EUR |

  @requirement:REQ-PRICE-2
  Rule: A voucher comes off before tax

    Scenario Outline: <voucher> on <quantity> of <sku> to <country>
      Given <quantity> of "<sku>" are added
      When it is priced for <country> with voucher <voucher>
      Then the discount is <discount>
      And the tax is <tax>
      And the total is <total>

      Examples: for everything
        | voucher   | quantity | sku     | country | discount  | tax       | total     |
        | WELCOME10 | 2        | MUG-01  | DE      | 2.50 EUR  | 4.28 EUR  | 31.68 EUR |
        | WELCOME10 | 3        | TEE-02  | NL      | 6.00 EUR  | 11.34 EUR | 70.24 EUR |
        | WELCOME10 | 1        | LAMP-04 | IE      | 4.99 EUR  | 10.33 EUR | 60.14 EUR |
        | SPRING25  | 3        | TEE-02  | FR      | 15.00 EUR | 9.00 EUR  | 58.90 EUR |
        | SPRING25  | 2        | BOOK-03 | DE      | 15.00 EUR | 3.15 EUR  | 53.05 EUR |

      Examples: for one category
        | voucher  | quantity | sku     | country | discount  | tax      | total     |
        | BOOKWORM | 2        | BOOK-03 | DE      | 30.00 EUR | 2.10 EUR | 37.00 EUR |
        | BOOKWORM | 1        | BOOK-03 | NL      | 15.00 EUR | 1.35 EUR | 21.25 EUR |
        | HOME20   | 2        | MUG-01  | IE      | 5.00 EUR  | 4.60 EUR | 29.50 EUR |
        | HOME20   | 1        | LAMP-04 | FR      | 9.98 EUR  | 7.98 EUR | 52.80 EUR |

    Scenario: A cart too small for its voucher
      Given 1 of "TEE-02" is added
      When it is priced for DE with voucher SPRING25
      Then pricing is refused with "SPRING25 needs a cart of 50.00 EUR or more"

    @requirement:REQ-PRICE-3
    Scenario: A voucher can cost free shipping
      Given 3 of "TEE-02" are added
      When it is priced for DE with voucher WELCOME10
      Then shipping costs 4.90 EUR
      And the total is 69.16 EUR

  @wip
  Scenario: Two vouchers at once
    Given 1 of "MUG-01" is added
    When it is priced for DE with vouchers WELCOME10 and HOME20
    Then the better one counts
