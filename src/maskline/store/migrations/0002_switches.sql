-- What an operator turned on or off for one account: the bits of maskline.model.account.Switch.

ALTER TABLE accounts ADD COLUMN switches BIGINT NOT NULL DEFAULT 0;
