// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IGate, SignedDeposit} from "../interfaces/IGate.sol";
import {CalldataWords} from "./CalldataWords.sol";
import {EcdsaSignature} from "./EcdsaSignature.sol";

/// @title DepositSignatures
/// @notice Whether the owner of a token has said for whom a deposit is.
library DepositSignatures {
    using CalldataWords for bytes;

    bytes32 private constant _DEPOSIT_TYPEHASH = keccak256(
        "Deposit(bytes32 entity,bytes32 token,uint256 amount,uint256 nonce,uint256 deadline)"
    );

    /// @notice Reverts unless `item` is in time, has the nonce `expected`, and its owner signed it.
    /// @param signature `r ‖ s ‖ v` of the owner's key.
    function check(
        bytes32 domain,
        SignedDeposit calldata item,
        uint256 expected,
        bytes calldata signature
    ) internal view {
        address owner = item.owner;
        require(item.nonce == expected, IGate.DepositNonceWrong(owner, item.nonce, expected));
        require(
            block.timestamp <= item.deadline,
            IGate.DepositExpired(item.deadline, block.timestamp)
        );
        bytes32 digest = digestOf(domain, item);
        bool valid =
            owner != address(0) &&
                signature.length == EcdsaSignature.LENGTH &&
                owner ==
                    EcdsaSignature.recover(
                        digest,
                        signature.word(0),
                        signature.word(1),
                        uint8(signature[64])
                    );
        require(valid, IGate.DepositSignatureInvalid(owner, digest));
    }

    /// @notice What the owner signs.
    function digestOf(bytes32 domain, SignedDeposit calldata item) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                _DEPOSIT_TYPEHASH,
                item.entity,
                item.token,
                item.amount,
                item.nonce,
                item.deadline
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
