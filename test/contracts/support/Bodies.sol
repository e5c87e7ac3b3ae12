// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Allowance, Clause, ProofBody} from "../../../contracts/interfaces/IDepository.sol";
import {Packed, Payment} from "../../../contracts/mocks/Packed.sol";
import {Swap} from "../../../contracts/types/Subcontracts.sol";

/// @title Bodies
/// @notice Puts clauses into proof bodies.
library Bodies {
    uint256 internal constant GAS = 100_000;

    /// @notice `body` with one clause more.
    function with(
        ProofBody memory body,
        Clause memory added
    ) internal pure returns (ProofBody memory) {
        Clause[] memory clauses = new Clause[](body.clauses.length + 1);
        for (uint256 i; i < body.clauses.length; ++i) clauses[i] = body.clauses[i];
        clauses[body.clauses.length] = added;
        body.clauses = clauses;
        return body;
    }

    /// @notice A clause that may move the first delta up and down by `allowance`.
    function clause(
        address provider,
        uint64 until,
        bytes memory batch,
        uint128 allowance
    ) internal pure returns (Clause memory made) {
        made = Clause(provider, uint64(GAS), until, batch, new Allowance[](1));
        made.allowances[0] = Allowance(0, allowance, allowance);
    }

    /// @notice A payment of the first token, as a clause of the house's provider.
    function payment(
        address provider,
        int128 amount,
        bytes32 secret,
        uint64 revealBy
    ) internal pure returns (Clause memory) {
        Payment[] memory payments = new Payment[](1);
        payments[0] = Payment(0, amount, keccak256(abi.encode(secret)), revealBy);
        return clause(provider, revealBy, Packed.clause(payments, new Swap[](0)), 1_000);
    }

    /// @notice A swap of the first token for the second, `amount` each, owned by left or by right.
    function swap(
        address provider,
        bool ownerIsLeft,
        uint128 amount,
        uint64 fillBy
    ) internal pure returns (Clause memory made) {
        Swap[] memory swaps = new Swap[](1);
        swaps[0] = Swap(ownerIsLeft, 0, amount, 1, amount, 1, fillBy);
        made = clause(provider, fillBy, Packed.clause(new Payment[](0), swaps), amount);
        made.allowances = new Allowance[](2);
        made.allowances[0] = Allowance(0, amount, amount);
        made.allowances[1] = Allowance(1, amount, amount);
    }
}
