// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Allowance, Clause, IDepository, ProofBody} from "../interfaces/IDepository.sol";
import {TokenId} from "../types/Ids.sol";
import {Limits} from "./Limits.sol";

/// @title ProofBodies
/// @notice Which proof bodies can be finalised, and how they are named.
library ProofBodies {
    /// @notice The hash of the body without tokens and clauses, on which a proof with nonce 0 stands.
    /// @dev Written out, because the compiler does not compute it: `test_hashOf_givesEmpty`.
    bytes32 internal constant EMPTY =
        0x1fbc131f4eafcddc650de1519b37f71f6b9a864523c83f16392f4798cc2eb919;

    /// @notice `keccak256(abi.encode(body))`, encoded anew: one body has one hash, however it is laid out.
    function hashOf(ProofBody calldata body) internal pure returns (bytes32 hash) {
        uint256 free;
        // Takes back the memory of the encoding, to which nothing points once it is hashed.
        assembly ("memory-safe") {
            free := mload(64)
        }
        hash = keccak256(abi.encode(body));
        assembly ("memory-safe") {
            mstore(64, free)
        }
    }

    /// @notice Why the body is not one that both sides could sign, if so.
    /// @dev Whoever signs a body checks this first: what is refused here can only be settled.
    function refuse(ProofBody calldata body) internal pure returns (bytes4 refusal) {
        uint256 count = body.tokenIds.length;
        if (count > Limits.BODY_TOKENS_MAX || body.clauses.length > Limits.BODY_CLAUSES_MAX) {
            return IDepository.ProofBodyTooLarge.selector;
        }
        bool valid = count == body.offdeltas.length && _ascend(body.tokenIds);
        if (!valid) return IDepository.ProofBodyInvalid.selector;
        return _refuseClauses(body.clauses, count);
    }

    function _refuseClauses(
        Clause[] calldata clauses,
        uint256 tokenCount
    ) private pure returns (bytes4 refusal) {
        uint256 size;
        uint256 gasLimits;
        for (uint256 i; i < clauses.length; ++i) {
            Clause calldata clause = clauses[i];
            size += clause.batch.length;
            gasLimits += clause.gasLimit;
            if (!_areAllowances(clause.allowances, tokenCount)) {
                return IDepository.ProofBodyInvalid.selector;
            }
        }
        if (size > Limits.BODY_BYTES_MAX || gasLimits > Limits.BODY_GAS_MAX) {
            return IDepository.ProofBodyTooLarge.selector;
        }
    }

    function _ascend(TokenId[] calldata tokens) private pure returns (bool) {
        for (uint256 i = 1; i < tokens.length; ++i) if (!(tokens[i - 1] < tokens[i])) return false;
        return true;
    }

    /// @dev Strictly ascending and below `tokenCount`, hence unique, and no more than there are tokens.
    function _areAllowances(
        Allowance[] calldata allowances,
        uint256 tokenCount
    ) private pure returns (bool) {
        uint256 next;
        for (uint256 i; i < allowances.length; ++i) {
            uint256 index = allowances[i].deltaIndex;
            if (index < next || index >= tokenCount) return false;
            next = index + 1;
        }
        return true;
    }
}
