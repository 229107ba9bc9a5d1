@contract:CatalogAPI:v1
Feature: Finding products
  Customers look for things by name and see at once whether they can have them.

  @requirement:REQ-CAT-1
  Scenario: Searching by a word
    When a customer searches for "mug"
    Then the products shown are:
      | name       | price     | availability |
      | Enamel mug | 12.50 EUR | in stock     |

  @requirement:REQ-CAT-1
  Scenario: Capital letters do not matter
    When a customer searches for "BIRDS field"
    Then the products shown are:
      | name                 | price     | availability |
      | Field guide to birds | 30.00 EUR | in stock     |

  @requirement:REQ-CAT-1
  Scenario: Nothing of that name
    When a customer searches for "hat"
    Then no products are shown

  @requirement:REQ-CAT-2
  Scenario: What is running out says so
    When a customer searches for "lamp"
    Then the products shown are:
      | name      | price     | availability |
      | Desk lamp | 49.90 EUR | only 3 left  |

  @requirement:REQ-CAT-2
  Scenario: What is sold out says so
    When a customer searches for "bag"
    Then the products shown are:
      | name       | price     | availability |
      | Canvas bag | 15.00 EUR | sold out     |
