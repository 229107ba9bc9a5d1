@contract:CheckoutAPI:v1 @requirement:REQ-CHK-1
Feature: Placing an order

  Background:
    Given an empty cart
    And 1 of "LAMP-04" is added

  Scenario: A paid order
    When the order is placed for DE
    Then the order is confirmed over 64.28 EUR
    And the receipt reads:
      """
      Order S-00001
      1 x LAMP-04
      Goods 49.90 EUR
      Tax 9.48 EUR
      Shipping 4.90 EUR
      Paid 64.28 EUR by card ending in 1111
      """
    And the cart is empty

  @requirement:REQ-PRICE-2 @contract:PricingAPI:v1
  Scenario Outline: A paid order with voucher <voucher> to <country>
    When the order is placed for <country> with voucher <voucher>
    Then the order is confirmed over <total>

    Examples:
      | voucher   | country | total     |
      | HOME20    | DE      | 52.40 EUR |
      | WELCOME10 | FR      | 58.79 EUR |
      | WELCOME10 | IE      | 60.14 EUR |

  @requirement:REQ-CAT-2
  Scenario: The last ones are sold to one customer only
    Given another customer orders 3 of "LAMP-04"
    When the order is placed for DE
    Then the order is refused because of "out-of-stock"

  @requirement:REQ-CAT-2
  Scenario: A refused card leaves the shelf alone
    When the order is placed for DE with a card that is declined
    Then the order is refused because of "declined"
    And 3 of "LAMP-04" are left
    And the cart holds:
      | sku     | quantity |
      | LAMP-04 | 1        |

  Scenario: Nothing to order
    Given the quantity of "LAMP-04" is changed to 0
    When the order is placed for DE
    Then the order is refused because of "empty-cart"
