// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Allowance, Clause} from "../interfaces/IDepository.sol";
import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";
import {BoundedCalls} from "./BoundedCalls.sol";

/// @title Clauses
/// @notice Lets a provider judge a clause, and believes it within the clause's allowances.
library Clauses {
    /// @dev What a provider answered: `well` if it did so in the form that its interface says.
    struct Answer {
        bool well;
        int256[] applied;
        uint256 pendingUntil;
    }

    /// @dev The bytes of `(int256[] applied, uint256 pendingUntil)` before the elements: where the
    /// array begins, `pendingUntil`, and the array's length.
    uint256 private constant _HEAD = 96;

    /// @notice Applies `clause` to `deltas` in place, or changes nothing when the call fails, answers in
    /// another form or oversteps an allowance.
    /// @param deltas Each within 140 bits.
    /// @param latest The time until which any clause may keep the dispute open.
    /// @return blockedUntil 0 if done; else something inside is pending, up to this very second, and
    /// nothing was applied.
    function settle(
        Clause calldata clause,
        int256[] memory deltas,
        Arguments memory left,
        Arguments memory right,
        uint256 latest
    ) internal view returns (uint256 blockedUntil) {
        uint256 free;
        // Takes back at the end the memory of question and answer, to which nothing points any more.
        assembly ("memory-safe") {
            free := mload(64)
        }
        Answer memory answer = _ask(clause, deltas, left, right);
        if (answer.pendingUntil != 0) blockedUntil = _blockedUntil(clause, latest);
        if (
            blockedUntil == 0 &&
            answer.well &&
            _isAllowed(clause.allowances, deltas, answer.applied)
        ) {
            for (uint256 i; i < deltas.length; ++i) deltas[i] = answer.applied[i];
        }
        assembly ("memory-safe") {
            mstore(64, free)
        }
    }

    function _blockedUntil(Clause calldata clause, uint256 latest) private view returns (uint256) {
        uint256 until = clause.until < latest ? clause.until : latest;
        return block.timestamp <= until ? until : 0;
    }

    /// @dev Copies the answer only if it is exactly as long as it must be.
    function _ask(
        Clause calldata clause,
        int256[] memory deltas,
        Arguments memory left,
        Arguments memory right
    ) private view returns (Answer memory answer) {
        bytes memory question = abi.encodeCall(
            ISubcontractProvider.evaluate,
            (deltas, clause.batch, left, right)
        );
        bytes memory returned = _call(
            clause.provider,
            clause.gasLimit,
            question,
            _HEAD + 32 * deltas.length
        );
        if (returned.length == 0) return answer;

        uint256 arrayAt;
        uint256 pendingUntil;
        int256[] memory applied;
        // `returned` has the three words of the head and one for each delta. The third is the length
        // of the array behind it: with the right one, that is an array in memory as it stands.
        assembly ("memory-safe") {
            arrayAt := mload(add(returned, 32))
            pendingUntil := mload(add(returned, 64))
            applied := add(returned, 96)
        }
        if (arrayAt == 64 && applied.length == deltas.length) {
            answer = Answer({well: true, applied: applied, pendingUntil: pendingUntil});
        }
    }

    /// @dev Calls statically with exactly `grant`. Empty unless `size` bytes came back.
    function _call(
        address provider,
        uint256 grant,
        bytes memory question,
        uint256 size
    ) private view returns (bytes memory returned) {
        BoundedCalls.requireGas(grant);
        bool answered;
        // Writes no memory: the answer is copied below, once its length is known.
        assembly ("memory-safe") {
            let ok := staticcall(grant, provider, add(question, 32), mload(question), 0, 0)
            answered := and(ok, eq(returndatasize(), size))
        }
        if (!answered) return returned;
        returned = new bytes(size);
        // Fills `returned`, which has `size` bytes, as many as there are to copy.
        assembly ("memory-safe") {
            returndatacopy(add(returned, 32), 0, size)
        }
    }

    /// @dev Whether each delta moved up by at most its `rightAllowance` and down by at most its
    /// `leftAllowance`. Allowances ascend by index, see {ProofBodies}.
    function _isAllowed(
        Allowance[] calldata allowances,
        int256[] memory deltas,
        int256[] memory applied
    ) private pure returns (bool) {
        uint256 next;
        for (uint256 i; i < deltas.length; ++i) {
            int256 up;
            int256 down;
            if (next < allowances.length && allowances[next].deltaIndex == i) {
                up = int256(uint256(allowances[next].rightAllowance));
                down = int256(uint256(allowances[next].leftAllowance));
                ++next;
            }
            if (applied[i] > deltas[i] + up || applied[i] < deltas[i] - down) return false;
        }
        return true;
    }
}
