// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";

/// @title BoundedCalls
/// @notice Calls to strangers with a stated grant of gas, of whose answer only two words are read.
/// @dev A grant is given in full or the transaction reverts: nobody can make a check fail by sending
/// less gas along. Returned data beyond two words is never copied, so it costs nothing.
library BoundedCalls {
    /// @dev What stands between the check and the call: a cold account, and the instructions.
    uint256 private constant _CALL_COST = 5_000;

    /// @dev What the EVM takes on top from a call that sends ether, perhaps to a new account.
    uint256 private constant _VALUE_COST = 34_000;

    /// @notice Reverts unless a call made now can be given `grant`.
    /// @dev A call gets at most 63/64 of what is left: L − L/64 ≥ grant holds for L ≥ grant + grant/63 + 1.
    /// @param grant Below 2^128.
    function requireGas(uint256 grant) internal view {
        uint256 needed;
        // Far below 2^256, for the grant is below 2^128.
        unchecked {
            needed = grant + grant / 63 + _CALL_COST;
        }
        uint256 left = gasleft();
        require(left >= needed, IDepository.GasTooLow(left, needed));
    }

    /// @notice Reads from `target`.
    /// @return ok Whether the call did not revert.
    /// @return size How many bytes came back; the words are 0 beyond them.
    function read(
        address target,
        uint256 grant,
        bytes memory data
    ) internal view returns (bool ok, uint256 size, uint256 first, uint256 second) {
        requireGas(grant);
        // Writes at most the two words of scratch space, which are cleared first.
        assembly ("memory-safe") {
            mstore(0, 0)
            mstore(32, 0)
            ok := staticcall(grant, target, add(data, 32), mload(data), 0, 64)
            size := returndatasize()
            first := mload(0)
            second := mload(32)
        }
    }

    /// @notice Reads a word from `target` by a question of one word.
    /// @return ok Whether the call did not revert, and a word came back.
    function readWord(
        address target,
        uint256 grant,
        bytes4 selector,
        bytes32 word
    ) internal view returns (bool ok, uint256 answer) {
        requireGas(grant);
        return tryReadWord(target, grant, selector, word);
    }

    /// @notice As {readWord}, with less than `grant` where less is left.
    /// @dev For those who have seen to it that all is left, or whose failure undoes everything: then whoever sends
    /// too little gas along has nothing from it.
    function tryReadWord(
        address target,
        uint256 grant,
        bytes4 selector,
        bytes32 word
    ) internal view returns (bool ok, uint256 answer) {
        // Question and answer stand in scratch space, the answer over the question.
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, word)
            ok := staticcall(grant, target, 0, 36, 0, 32)
            ok := and(ok, gt(returndatasize(), 31))
            answer := mload(0)
        }
    }

    /// @notice Calls `target`, with `value` wei.
    /// @return ok Whether the call did not revert.
    /// @return size How many bytes came back; `first` is 0 beyond them.
    function write(
        address target,
        uint256 value,
        uint256 grant,
        bytes memory data
    ) internal returns (bool ok, uint256 size, uint256 first) {
        requireGas(value == 0 ? grant : grant + _VALUE_COST);
        return tryWrite(target, value, grant, data);
    }

    /// @notice As {write}, with less than `grant` where less is left.
    /// @dev See {tryReadWord}.
    function tryWrite(
        address target,
        uint256 value,
        uint256 grant,
        bytes memory data
    ) internal returns (bool ok, uint256 size, uint256 first) {
        // Writes at most one word of scratch space, which is cleared first.
        assembly ("memory-safe") {
            mstore(0, 0)
            ok := call(grant, target, value, add(data, 32), mload(data), 0, 32)
            size := returndatasize()
            first := mload(0)
        }
    }
}
