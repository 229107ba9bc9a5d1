@contract:CartAPI:v1 @requirement:REQ-CART-1
Feature: Filling a cart

  Background:
    Given an empty cart

  Scenario: Adding products
    When 2 of "MUG-01" are added
    And 1 of "BOOK-03" is added
    Then the cart holds:
      | sku     | quantity |
      | MUG-01  | 2        |
      | BOOK-03 | 1        |
    And its subtotal is 55.00 EUR

  Scenario: Adding the same product again
    When 2 of "MUG-01" are added
    And 3 of "MUG-01" are added
    Then the cart holds:
      | sku    | quantity |
      | MUG-01 | 5        |

  Scenario: Changing one's mind
    Given 2 of "MUG-01" are added
    When the quantity of "MUG-01" is changed to 0
    Then the cart is empty

  @requirement:REQ-CAT-2
  Scenario: More than there is
    When 4 of "LAMP-04" are added
    Then that is refused because of "out-of-stock"
    And the cart is empty

  Scenario: More than one customer may have
    When 21 of "TEE-02" are added
    Then that is refused because of "too-many"
