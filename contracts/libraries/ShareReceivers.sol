// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "../interfaces/IERC1155.sol";
import {IERC1155Receiver} from "../interfaces/IERC1155Receiver.sol";

/// @title ShareReceivers
/// @notice Asks a contract that has received shares whether it takes them, as ERC-1155 wants it.
/// @dev Called last, when all is written: a receiver may do whatever it could do afterwards.
library ShareReceivers {
    function ask(
        address from,
        address to,
        uint256 id,
        uint256 value,
        bytes calldata data
    ) internal {
        if (to.code.length == 0) return;
        IERC1155Receiver receiver = IERC1155Receiver(to);
        bytes4 answer = receiver.onERC1155Received(msg.sender, from, id, value, data);
        require(
            answer == IERC1155Receiver.onERC1155Received.selector,
            IERC1155.ERC1155InvalidReceiver(to)
        );
    }

    function askBatch(
        address from,
        address to,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data
    ) internal {
        if (to.code.length == 0) return;
        IERC1155Receiver receiver = IERC1155Receiver(to);
        bytes4 answer = receiver.onERC1155BatchReceived(msg.sender, from, ids, values, data);
        require(
            answer == IERC1155Receiver.onERC1155BatchReceived.selector,
            IERC1155.ERC1155InvalidReceiver(to)
        );
    }
}
