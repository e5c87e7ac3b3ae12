// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";
import {IERC1155} from "../interfaces/IERC1155.sol";
import {IERC721} from "../interfaces/IERC721.sol";
import {Asset, TokenKind} from "../interfaces/IGate.sol";
import {TokenId} from "../types/Ids.sol";
import {BoundedCalls} from "./BoundedCalls.sol";
import {TokenTransfers} from "./TokenTransfers.sol";

/// @title AssetTransfers
/// @notice Gives ERC-721 and ERC-1155 out, believing what is held rather than answers.
library AssetTransfers {
    /// @notice How much of `asset` the caller of this library holds, by the token's own word.
    /// @dev Nothing where the token does not answer: an ERC-721 that was burnt has no owner.
    function holding(Asset storage asset) internal view returns (uint256 amount) {
        bool ok;
        if (asset.kind == TokenKind.Erc721) {
            (ok, amount) = BoundedCalls.readWord(
                asset.collection,
                TokenTransfers.BALANCE_GAS,
                IERC721.ownerOf.selector,
                bytes32(asset.id)
            );
            return ok && amount == uint160(address(this)) ? 1 : 0;
        }
        bytes memory question = abi.encodeCall(IERC1155.balanceOf, (address(this), asset.id));
        uint256 size;
        (ok, size, amount, ) = BoundedCalls.read(
            asset.collection,
            TokenTransfers.BALANCE_GAS,
            question
        );
        if (!ok || size < 32) amount = 0;
    }

    /// @notice Gives exactly `amount` of `asset` to `to`, or reverts.
    function push(TokenId token, Asset storage asset, address to, uint256 amount) internal {
        uint256 before = holding(asset);
        bytes memory question =
            asset.kind == TokenKind.Erc721
                ? abi.encodeCall(IERC721.safeTransferFrom, (address(this), to, asset.id))
                : abi.encodeCall(
                    IERC1155.safeTransferFrom,
                    (address(this), to, asset.id, amount, "")
                );
        (bool ok, , ) = BoundedCalls.write(
            asset.collection,
            0,
            TokenTransfers.TRANSFER_GAS,
            question
        );
        uint256 afterwards = holding(asset);
        uint256 cost = before > afterwards ? before - afterwards : 0;
        require(ok && cost >= amount, IDepository.TransferFailed(token, to, amount));
        require(cost == amount, IDepository.WithdrawalCostsMore(token, amount, cost));
    }
}
