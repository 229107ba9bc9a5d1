@contract:PaymentsAPI:v2 @requirement:REQ-PAY-1
Feature: Paying by card

  Scenario: A good card
    When 25.00 EUR are paid with card "4111 1111 1111 1111" good to "12/30"
    Then the payment is "paid"

  Scenario Outline: A card that is not accepted: <reason>
    When 25.00 EUR are paid with card "<number>" good to "<expiry>"
    Then the payment is "refused" because of "<reason>"

    Examples:
      | number              | expiry | reason         |
      | 4111 1111 1111 1112 | 12/30  | invalid-number |
      | 4111 1111 1111 1111 | 01/26  | expired        |
      | 4000 0000 0000 0002 | 12/30  | declined       |

  Scenario: Money back
    Given 25.00 EUR are paid with card "4111 1111 1111 1111" good to "12/30"
    When the payment is refunded
    Then 25.00 EUR are given back

  Scenario: Money back only once
    Given 25.00 EUR are paid with card "4111 1111 1111 1111" good to "12/30"
    And the payment is refunded
    When the payment is refunded
    Then the payment is "refused" because of "already-refunded"

  @flaky
  Scenario: Paying through the provider's sandbox
    Given payments go through the provider's sandbox
    When 25.00 EUR are paid with card "4111 1111 1111 1111" good to "12/30"
    Then the payment is "paid"
